import { expect } from 'chai'
import { need } from './need.ts'

describe('need', () => {
  const path = process.env['PATH']
  afterEach(() => {
    process.env['PATH'] = path
  })

  it('gives the path of a program that is there', () => {
    expect(need('sh')).to.match(/^\/.*\/sh$/)
  })

  it('names the package when the program is not there and cannot be installed', () => {
    process.env['PATH'] = '/nowhere'
    expect(() => need('psql')).to.throw('psql is not on PATH; install the package postgresql-client')
  })
})
