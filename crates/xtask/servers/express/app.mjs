// A small API as Express applications are written, with the framework's defaults.

import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import jwt from 'jsonwebtoken'
import multer from 'multer'

const key = 'a key of this run'
const report = join(mkdtempSync(join(tmpdir(), 'report-')), 'report.bin')
writeFileSync(report, Buffer.from({ length: 1 << 20 }, (_, at) => at % 256))

const app = express()
// What bff says of the browser's address: `req.host` and `req.protocol` are the browser's by it.
app.set('trust proxy', 'loopback')
app.use(express.json())

const items = new Map()
const add = ({ name, price = 0 }) => {
  const item = { id: items.size + 1, name, price, version: 1 }
  items.set(item.id, item)
  return item
}
for (let number = 1; number <= 25; number += 1) add({ name: `item ${number}` })

const here = (req) => `${req.protocol}://${req.host}`
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
const invalid = ({ name }) => (typeof name === 'string' ? null : [{ field: 'name', message: 'is required' }])

app.get('/items', (req, res) => {
  const page = Number(req.query.page ?? 1)
  const all = [...items.values()]
  if (page * 10 < all.length) res.links({ next: `${here(req)}/items?page=${page + 1}` })
  res.set('X-Total-Count', String(all.length)).json(all.slice(page * 10 - 10, page * 10))
})

app.post('/items', (req, res) => {
  const errors = invalid(req.body)
  if (errors) return res.status(422).json({ errors })
  const item = add(req.body)
  res.status(201).location(`${here(req)}/items/${item.id}`).json(item)
})

app.post('/items/redirect', (req, res) => res.redirect(303, `${here(req)}/items/${add(req.body).id}`))

app
  .route('/items/:id')
  .all((req, res, next) => {
    req.item = items.get(Number(req.params.id))
    if (!req.item) return res.status(404).json({ message: 'no such item' })
    next()
  })
  // Express makes an entity tag of each answer by itself, a weak one.
  .get((req, res) => res.json(req.item))
  .put((req, res) => {
    const expected = req.get('If-Match')
    const version = `"v${req.item.version}"`
    if (expected && expected !== version) return res.status(412).json({ message: 'it has changed' })
    Object.assign(req.item, req.body, { version: req.item.version + 1 })
    res.set('ETag', `"v${req.item.version}"`).json(req.item)
  })

app.post('/uploads', multer().single('file'), (req, res) => {
  const { size, buffer } = req.file
  // busboy reads file names as Latin-1.
  const name = Buffer.from(req.file.originalname, 'latin1').toString()
  res.json({ name, size, sha256: sha256(buffer) })
})

app.put('/uploads/raw', express.raw({ type: () => true, limit: '64mb' }), (req, res) => {
  res.json({ size: req.body.length, sha256: sha256(req.body) })
})

app.get('/report', (_, res) => res.download(report))

app.get('/events', (_, res) => {
  res.set('Content-Type', 'text/event-stream').flushHeaders()
  let number = 0
  const timer = setInterval(() => {
    res.write(`data: {"number":${number}}\n\n`)
    if ((number += 1) === 30) {
      clearInterval(timer)
      res.end()
    }
  }, 1000)
})

const refreshTokens = new Set()
const tokens = (username) => {
  const refreshToken = randomBytes(16).toString('hex')
  refreshTokens.add(refreshToken)
  return { accessToken: jwt.sign({ sub: username }, key, { expiresIn: 20 }), refreshToken }
}

app.post('/auth/login', (req, res) => {
  const { username, password } = req.body
  if (username !== 'ada' || password !== 'adapass') return res.status(401).json({ message: 'wrong' })
  res.json(tokens(username))
})

app.post('/auth/refresh', (req, res) => {
  if (!refreshTokens.delete(req.body.refreshToken)) return res.status(401).json({ message: 'unknown' })
  res.json(tokens('ada'))
})

app.get('/auth/me', (req, res) => {
  try {
    const { sub } = jwt.verify(req.get('Authorization')?.split(' ')[1], key)
    res.json({ id: 1, username: sub, email: 'ada@example.com', role: 'admin' })
  } catch {
    res.status(401).set('WWW-Authenticate', 'Bearer').json({ message: 'not signed in' })
  }
})

app.get('/cookies', (req, res) => res.cookie('upstream', 'secret').json({ received: req.get('Cookie') ?? '' }))

app.get('/tags/:tag', (req, res) => res.json({ tag: req.params.tag, q: req.query.q }))

app.get('/faults/:kind', (req) => {
  throw new Error(`a fault of kind ${req.params.kind}`)
})

app.listen(Number(process.argv[2]), '127.0.0.1')
