// The least a Node server can do: answers every request with the bytes of one file.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [file, port] = process.argv.slice(2)
const bytes = readFileSync(file)
const headers = { 'Content-Type': 'application/json', 'Content-Length': bytes.length }

createServer((request, response) => {
  request.resume()
  response.writeHead(200, headers)
  response.end(bytes)
}).listen(Number(port), '127.0.0.1')
