import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { MoveFigures, Moving } from '../../../contract/move.ts'

export interface Progress {
  sent(bytes: number): void
  rows(count: number): void
  /** Begins with it. */
  at(what: string): void
  /** Has done so many. */
  done(objects: number): void
  figures(): MoveFigures
}

export function makeProgress(
  moving: Moving<PostgresqlAccess>,
  totals: { readonly bytes: number; readonly objects: number }
): Progress {
  let [bytes, rows, objects, what] = [0, 0, 0, '']
  const tell = () => {
    // What is sent is not as long as what is stored.
    const progress = {
      bytes,
      totalBytes: Math.max(totals.bytes, bytes),
      objects,
      totalObjects: totals.objects
    }
    moving.told(what === '' ? progress : { ...progress, what })
  }
  return {
    sent(more) {
      bytes += more
      tell()
    },
    rows(count) {
      rows += count
    },
    at(now) {
      what = now
      tell()
    },
    done(more) {
      objects += more
      tell()
    },
    figures: () => ({ bytes, rows, objects })
  }
}
