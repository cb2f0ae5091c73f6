// Runs the suite `http-cache-tests` through a cache at the address given first, with the suite's own origin behind it on
// the port given second. Prints one line a test: kind, outcome, id, reason.
//
// The origin answers below a path, the same that the cache is asked below, so that a `Location` means the same on both
// sides; the suite's own server knows only its root. For the same reason the paths that the suite writes into
// `Content-Location` are put below it.

import http from 'node:http'
import fetch from 'node-fetch'
import handleConfig from 'http-cache-tests/server/handle-config.mjs'
import handleState from 'http-cache-tests/server/handle-state.mjs'
import handleTest from 'http-cache-tests/server/handle-test.mjs'
import { runTests, getResults } from 'http-cache-tests/client/runner.mjs'
import suites from 'http-cache-tests/tests/index.mjs'

const [base, port] = process.argv.slice(2)
const below = new URL(base).pathname
const handlers = { config: handleConfig, state: handleState, test: handleTest }

// Where the suite says `magic_locations`, its server fills the address in by itself.
const requests = suites.flatMap((suite) => suite.tests).flatMap((test) => test.requests)
for (const request of requests.filter((request) => !request.magic_locations)) {
  for (const field of [...(request.response_headers ?? []), ...(request.expected_response_headers ?? [])]) {
    if (field[0] === 'Content-Location' && field[1].startsWith('/')) field[1] = below + field[1]
  }
}

// The suite sets up its origin and asks it for results directly: these requests are no part of a test.
const housekeeping = ['config', 'state'].map((what) => `${base}/${what}/`)
const ask = (url, options) => {
  const direct = housekeeping.some((start) => url.startsWith(start))
  return fetch(direct ? url.replace(base, `http://127.0.0.1:${port}${below}`) : url, options)
}

// The suite reports on standard output what it is surprised by.
console.log = () => {}

const origin = http.createServer((request, response) => {
  const path = new URL(request.url, 'http://origin').pathname.slice(below.length + 1)
  const [what, ...rest] = path.split('/')
  const handler = handlers[what]
  if (handler) return handler(rest, request, response)
  response.writeHead(404).end()
})

origin.listen(Number(port), '127.0.0.1', async () => {
  // As many at once as the suite's own runner, but without reuse of connections, so that one closed on purpose
  // disturbs no other test.
  await runTests(suites, ask, false, base)
  const results = getResults()
  const tests = suites.flatMap((suite) => suite.tests)
  const passes = (id) => {
    const test = tests.find((test) => test.id === id)
    return results[id] === true && (test.depends_on ?? []).every(passes)
  }
  for (const test of tests.filter((test) => test.id in results)) {
    const result = results[test.id]
    const blocked = (test.depends_on ?? []).some((id) => !passes(id))
    const outcome = result === true ? 'pass' : blocked ? 'blocked' : result[0] === 'Setup' ? 'setup' : 'fail'
    const reason = result === true ? '' : String(result[1]).replaceAll('\n', ' ')
    process.stdout.write(`${test.kind ?? 'required'}\t${outcome}\t${test.id}\t${reason}\n`)
  }
  process.exit(0)
})
