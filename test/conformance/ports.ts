import type { Ports } from '../../src/contract/ports.ts'
import { httpPort } from '../../src/transport/http.ts'
import { mysqlPort } from '../../src/transport/mysql.ts'
import { postgresqlPort } from '../../src/transport/postgresql.ts'
import { redisPort } from '../../src/transport/redis.ts'
import { s3Port } from '../../src/transport/s3.ts'

/** All real ports, also to loopback, as the broker binds them to a step. */
export function realPorts(signal = new AbortController().signal): Ports {
  return {
    http: httpPort({ signal, network: 'private' }),
    postgresql: postgresqlPort({ signal }),
    mysql: mysqlPort({ signal }),
    redis: redisPort({ signal }),
    s3: s3Port({ signal })
  }
}

/** A world where nobody is asked; whoever does learns why not. */
export function noPorts(why: string): Ports {
  const refuse = () => Promise.reject(new Error(why))
  const refuseNow = () => {
    throw new Error(why)
  }
  return { http: { send: refuse }, postgresql: refuse, mysql: refuse, redis: refuse, s3: refuseNow }
}
