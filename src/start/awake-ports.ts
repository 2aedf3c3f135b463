import type { Ports } from '../contract/ports.ts'
import { aroundEach } from '../transport/around-each.ts'
import { type Wake, woken } from './awake.ts'

/** The same ports; a server of ours that rests is woken before it is asked. PostgreSQL never rests. */
export function awakePorts({ http, postgresql, mysql, redis, s3 }: Ports, wake: Wake): Ports {
  return {
    http: {
      async send(request) {
        await woken(wake, accessAt(request.url.href))
        return http.send(request)
      }
    },
    postgresql,
    async mysql(access, use, options) {
      await woken(wake, access)
      return mysql(access, use, options)
    },
    async redis(access, use, options) {
      await woken(wake, access)
      return redis(access, use, options)
    },
    s3: (access) =>
      aroundEach(s3(access), async (work) => {
        await woken(wake, accessAt(access.endpoint))
        return work()
      })
  }
}

/** A server of ours always names its port; what is no address is not ours. */
function accessAt(address: string): { readonly host: string; readonly port: number } {
  if (!URL.canParse(address)) return { host: '', port: 0 }
  const { hostname, port } = new URL(address)
  return { host: hostname, port: Number(port) }
}
