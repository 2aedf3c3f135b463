import { arrayAt, isObject, objectAt } from '../../../src/contract/read.ts'
import { recordOf } from '../switch/record.ts'
import { newSource, type Source } from './source.ts'
import type { Stage } from './stage.ts'
import type { Line } from './trial.ts'

/** Without a sabotage all that is left over switches, with what came after the start; and enums are equal whose OIDs are others. */
export async function succeedsDespite(source: Source, isBlinded: boolean): Promise<Line> {
  const begun = Date.now()
  const look = async () => {
    const [row] = await source.ask(
      isBlinded
        ? 'SELECT count(*)::int AS rows FROM public.caught'
        : `SELECT 'shop.status'::regtype::oid::int AS enum`
    )
    return row
  }
  const before = await look()
  const answer = await source.switchTo('paris')
  const after = await look()
  const hasMoved = answer['state'] === 'succeeded'
  const findings = hasMoved ? [] : [`it ${JSON.stringify(answer)}`]
  if (isBlinded && [before, after].some((row) => row?.['rows'] !== 0))
    findings.push('something of the tenant ran as the verifier')
  if (!isBlinded && before?.['enum'] === after?.['enum'])
    findings.push('the enum has the same OID on both sides')
  const rows = await source
    .ask('INSERT INTO public.written DEFAULT VALUES RETURNING 1 AS one')
    .catch(() => [])
  if (rows.length !== 1) findings.push('the target cannot be written to')
  return {
    thing: isBlinded ? 'none: what blinds is equal' : 'none: enums with other OIDs are equal',
    where: 'nowhere',
    caught: !hasMoved,
    namedAs: hasMoved ? 'equal' : '',
    writable: rows.length === 1,
    seconds: (Date.now() - begun) / 1000,
    findings
  }
}

/** What only a superuser could make again is told before anything is begun. */
const UNMOVABLE: readonly string[] = [
  'event trigger watches',
  'operator family shop.backwards USING btree',
  'operator class shop.backward_ops USING btree',
  'text search template shop.pattern',
  'text search parser shop.parser',
  'access method another',
  'language otherpl',
  'transform for shop.address on language otherpl',
  'foreign-data wrapper far',
  'server there',
  'publication all_of_it',
  'type shop.pair'
]

export async function refusedByName(stage: Stage): Promise<Line> {
  const begun = Date.now()
  const source = await newSource(stage, 'harbour')
  await source.ask('CREATE TABLE public.written (id bigserial PRIMARY KEY)')
  await source.fillWith(['tenant', 'owner', 'superuser'])
  const answer = await source.switchTo('paris')
  const { id } = await recordOf(stage.store, source.id)
  const { body } = await stage.client.send({ method: 'GET', path: `/api/switches/${id}` })
  const subjects = arrayAt(objectAt(body, 'examination'), 'findings').map((each) =>
    isObject(each) && each['level'] === 'blocking' ? each['subject'] : ''
  )
  const missed = UNMOVABLE.filter((name) => !subjects.includes(name))
  const rows = await source.ask('INSERT INTO public.written DEFAULT VALUES RETURNING 1 AS one')
  return {
    thing: 'objects that only a superuser makes',
    where: 'in the source',
    caught: answer['state'] === 'failed' && answer['instance_usable'] === true,
    namedAs: `${UNMOVABLE.length - missed.length} of ${UNMOVABLE.length} by name`,
    writable: rows.length === 1,
    seconds: (Date.now() - begun) / 1000,
    findings: missed.map((name) => `not named ${name}, but ${subjects.join(', ')}`)
  }
}
