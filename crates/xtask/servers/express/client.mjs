// Drives the Express app through bff by axios, and the stream of events by the platform's `fetch`.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import axios from 'axios'

const [bff, upstreamPort] = process.argv.slice(2)
const api = `${bff}/api/server`
const upload = randomBytes(30 << 20)
const sha256 = createHash('sha256').update(upload).digest('hex')
const report = Buffer.from({ length: 1 << 20 }, (_, at) => at % 256)
const same = assert.deepEqual
let cookie = ''

// The statuses of the redirects that the last request followed.
let followed = []
const client = axios.create({
  headers: { 'X-CSRF': '1' },
  maxBodyLength: Infinity,
  validateStatus: () => true,
  beforeRedirect: (_, { statusCode }) => followed.push(statusCode),
})
client.interceptors.request.use((request) => {
  followed = []
  if (cookie) request.headers.set('Cookie', cookie)
  return request
})
client.interceptors.response.use((answer) => {
  const fields = Object.entries(answer.headers)
  same(fields.filter(([, value]) => String(value).includes(`:${upstreamPort}`)), [], 'a field names the server behind bff')
  same((answer.headers['set-cookie'] ?? []).filter((one) => !one.startsWith('bff')), [], 'a cookie of the server behind bff')
  return answer
})

// A `Location` or the target of a `Link`, as a browser resolves it.
const at = (location) => {
  assert.match(location, /^\/api\/server\//)
  return bff + location
}

const scenarios = {
  create: async () => {
    const answer = await client.post(`${api}/items`, { name: 'lamp', price: 9.5 })
    same(answer.status, 201)
    same((await client.get(at(answer.headers.location))).data.name, 'lamp')
  },
  paging: async () => {
    const seen = []
    for (let address = `${api}/items`; address; ) {
      const { data, headers } = await client.get(address)
      seen.push(...data.map((item) => item.id))
      same(Number(headers['x-total-count']) >= 25, true)
      const next = /<([^>]*)>; rel="next"/.exec(headers.link ?? '')
      address = next && at(next[1])
    }
    same(seen, seen.map((_, index) => index + 1))
    assert(seen.length > 20)
  },
  redirect: async () => {
    const answer = await client.post(`${api}/items/redirect`, { name: 'desk' })
    same([...followed, answer.status, answer.data.name], [303, 200, 'desk'])
  },
  'upload-form': async () => {
    const form = new FormData()
    form.append('file', new Blob([upload]), 'größe.bin')
    same((await client.post(`${api}/uploads`, form)).data, { name: 'größe.bin', size: upload.length, sha256 })
  },
  'upload-raw': async () => {
    const headers = { 'Content-Type': 'application/octet-stream' }
    same((await client.put(`${api}/uploads/raw`, upload, { headers })).data, { size: upload.length, sha256 })
  },
  download: async () => {
    const { data, headers } = await client.get(`${api}/report`, { responseType: 'arraybuffer' })
    same(report.equals(data), true)
    same(headers['content-disposition'], 'attachment; filename=report.bin')
    same(headers['accept-ranges'], 'bytes')
  },
  range: async () => {
    // An entity tag of Express is weak, so that the date is the condition (RFC 9110 §13.1.5).
    const { headers } = await client.head(`${api}/report`)
    const asked = [
      [{}, 206],
      [{ 'If-Range': headers['last-modified'] }, 206],
      [{ 'If-Range': 'Sun, 06 Nov 1994 08:49:37 GMT' }, 200],
    ]
    for (const [condition, status] of asked) {
      const headers = { Range: 'bytes=300-399', ...condition }
      const answer = await client.get(`${api}/report`, { headers, responseType: 'arraybuffer' })
      same([answer.status, answer.data.length], [status, status === 206 ? 100 : report.length], JSON.stringify(condition))
      same(Buffer.compare(answer.data, status === 206 ? report.subarray(300, 400) : report), 0)
    }
    same((await client.get(`${api}/report`, { headers: { Range: 'bytes=9999999-' } })).status, 416)
  },
  'not-modified': async () => {
    const { etag } = (await client.get(`${api}/items/2`)).headers
    const answer = await client.get(`${api}/items/2`, { headers: { 'If-None-Match': etag } })
    same([answer.status, answer.data, answer.headers.etag], [304, '', etag])
  },
  'if-match': async () => {
    const headers = { 'If-Match': '"v1"' }
    same((await client.put(`${api}/items/3`, { name: 'chair' }, { headers })).headers.etag, '"v2"')
    const answer = await client.put(`${api}/items/3`, { name: 'chair' }, { headers })
    same([answer.status, answer.data], [412, { message: 'it has changed' }])
  },
  invalid: async () => {
    const answer = await client.post(`${api}/items`, { price: 'much' })
    same([answer.status, answer.data], [422, { errors: [{ field: 'name', message: 'is required' }] }])
    const broken = await client.post(`${api}/items`, '{"name"', { headers: { 'Content-Type': 'application/json' } })
    same([broken.status, broken.headers['content-type']], [400, 'application/problem+json'], 'a page of HTML')
  },
  'not-found': async () => {
    const answer = await client.get(`${api}/items/999`)
    same([answer.status, answer.data], [404, { message: 'no such item' }])
    const page = await client.get(`${api}/nothing`)
    same([page.status, page.headers['content-type']], [404, 'application/problem+json'], 'a page of HTML')
  },
  fault: async () => {
    const answer = await client.get(`${api}/faults/hidden`)
    same([answer.status, answer.headers['content-type']], [500, 'application/problem+json'])
  },
  'fault-passed': async () => {
    const answer = await client.get(`${api}/faults/passed`)
    same([answer.status, answer.headers['content-type']], [500, 'text/plain; charset=utf-8'])
    assert.match(answer.data, /a fault of kind passed|Internal Server Error/)
  },
  cookies: async () => {
    same((await client.get(`${api}/cookies`, { headers: { Cookie: 'mine=1' } })).data, { received: '' })
  },
  slash: async () => {
    // Express takes both.
    same((await client.get(`${api}/items/`)).data.length, 10)
  },
  head: async () => {
    const [head, get] = [await client.head(`${api}/items/1`), await client.get(`${api}/items/1`)]
    same([head.status, head.data, head.headers.etag], [200, '', get.headers.etag])
  },
  options: async () => {
    const answer = await client.options(`${api}/items`)
    same([answer.status, answer.headers.allow], [200, 'GET, HEAD, POST'])
  },
  unicode: async () => {
    const answer = await client.get(`${api}/tags/größe café`, { params: { q: '日本 & más' } })
    same(answer.data, { tag: 'größe café', q: '日本 & más' })
  },
  'sign-in': async () => {
    same((await client.get(`${api}/auth/me`)).headers['www-authenticate'], 'Bearer')
    same((await client.post(`${bff}/bff/login`, { username: 'ada', password: 'wrong' })).status, 401)
    const answer = await client.post(`${bff}/bff/login`, { username: 'ada', password: 'adapass' })
    same([answer.status, answer.data.user], [200, { id: '1', username: 'ada', name: 'ada' }])
    cookie = answer.headers['set-cookie'][0].split(';')[0]
  },
  'signed-in': async () => {
    same((await client.get(`${api}/auth/me`)).data, { id: 1, username: 'ada', email: 'ada@example.com' })
    same((await client.get(`${bff}/bff/session`)).data.user.username, 'ada')
  },
  events: async () => {
    const answer = await fetch(`${api}/events`, { headers: { Accept: 'text/event-stream' } })
    assert.match(answer.headers.get('content-type'), /^text\/event-stream/)
    const arrivals = []
    let text = ''
    for await (const part of answer.body) {
      text += Buffer.from(part)
      while (arrivals.length < text.split('\n\n').length - 1) arrivals.push(performance.now())
    }
    same(arrivals.length, 30)
    const gaps = arrivals.slice(1).map((arrival, index) => arrival - arrivals[index])
    assert(Math.max(...gaps) < 2500 && arrivals.at(-1) - arrivals[0] > 28_000, `pauses of ${gaps.map(Math.round)}`)
  },
  renewal: async () => {
    // The access token's 20 seconds have passed while the events came.
    same((await client.get(`${api}/auth/me`)).status, 200)
  },
  'sign-out': async () => {
    same((await client.post(`${bff}/bff/logout`)).status, 200)
    same((await client.get(`${api}/auth/me`)).status, 401)
  },
}

for (const [name, scenario] of Object.entries(scenarios)) {
  try {
    await scenario()
    console.log(`pass\t${name}`)
  } catch (error) {
    console.error(error)
    console.log(`fail\t${name}\t${String(error.message).replace(/\s+/g, ' ')}`)
  }
}
