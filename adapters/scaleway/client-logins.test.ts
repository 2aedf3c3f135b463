import { expect } from 'chai'
import { failureOf } from '../../test/support/failures.ts'
import { httpCall } from '../../test/support/http-call.ts'
import { AT, fixture, made, order, useWire } from './fake/wire.ts'

describe('scaleway, its logins to the byte', () => {
  const { drivers, mock, ready, sends } = useWire()
  const { postgresql: driver } = drivers
  if (!driver) throw new Error('no driver')

  const login = { name: 'baaaaaaaaaaaaaaaaaaaa', password: 'aA1-0' }
  const grant = { handle: { v: 1, user: login.name } }
  const user = `${AT}/users/${login.name}`
  const listsUsers = (...names: readonly string[]) => {
    const users = names.map((name) => ({ name, is_admin: false }))
    mock.expect(
      { method: 'GET', path: `${AT}/users`, query: { name: login.name, page_size: '100' }, sends },
      { status: 200, body: { users, total_count: users.length } }
    )
  }
  const allows = (permission: string) => {
    const body = { database_name: order.name, user_name: login.name, permission }
    mock.expect({ method: 'PUT', path: `${AT}/privileges`, body, sends }, { status: 200, body })
  }

  it('makes a user, who is no administrator', async () => {
    ready()
    listsUsers(`${login.name}b`)
    mock.expect(
      { method: 'POST', path: `${AT}/users`, body: { ...login, is_admin: false }, sends },
      { status: 200, body: { name: login.name, is_admin: false } }
    )
    const bound = await driver.bind?.(made, login, {}, undefined, httpCall())
    expect(bound).to.deep.equal({ state: 'pending', grant, lookAgainInSeconds: 0 })
  })

  for (const [access, permission] of [
    ['read-write', 'all'],
    ['read-only', 'readonly']
  ] as const) {
    it(`gives the permission ${permission} for ${access}`, async () => {
      ready()
      listsUsers(login.name)
      allows(permission)
      const bound = await driver.bind?.(made, login, { access }, grant, httpCall())
      expect(bound).to.deep.equal({ state: 'ready', grant })
    })
  }

  it('takes the permission, then the user', async () => {
    ready()
    listsUsers(login.name)
    allows('none')
    mock.expect({ method: 'DELETE', path: user, sends }, { status: 204 })
    await driver.unbind?.(made, login, grant, httpCall())
  })

  it('says nothing of the password that is refused', async () => {
    ready()
    listsUsers()
    mock.expect(
      { method: 'POST', path: `${AT}/users`, body: { ...login, is_admin: false } },
      { status: 400, body: fixture('error-invalid-arguments') }
    )
    const told = await failureOf(driver.bind?.(made, login, {}, undefined, httpCall()))
    expect(told.kind).to.equal('invalid')
    expect(told.message).not.to.contain(login.password)
  })
})
