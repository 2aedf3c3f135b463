import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that knows nothing of what it is asked for, and says so in each of these ways. */
export async function whereNothingIs(
  said: readonly string[],
  use: (url: string, body: string) => Promise<void>
): Promise<void> {
  let body = ''
  const server = createServer((_request, response) => response.writeHead(404).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    for (body of said) await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, body)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
