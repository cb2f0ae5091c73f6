# Drives the Rails app through bff by Faraday.

require 'digest'
require 'erb'
require 'faraday'
require 'json'
require 'securerandom'

BFF, UPSTREAM_PORT = ARGV
API = "#{BFF}/api/server".freeze
UPLOAD = SecureRandom.bytes(30 << 20)
SHA256 = Digest::SHA256.hexdigest(UPLOAD)
REPORT = (0..255).to_a.pack('C*') * 4096

class NotOffered < StandardError; end

def same(found, expected, of = '')
  raise "#{of} #{found.inspect}, expected #{expected.inspect}" unless found == expected
end

# No answer names the server behind bff, and none sets a cookie of it.
class Discreet < Faraday::Response::Middleware
  def on_complete(env)
    same(env.response_headers.values.grep(/:#{UPSTREAM_PORT}/), [], 'fields')
    same(env.response_headers['set-cookie'].to_s.split(', ').grep(/\Aupstream/), [], 'cookies')
  end
end

CLIENT = Faraday.new(headers: { 'X-CSRF' => '1' }) do |one|
  one.request :multipart
  one.use Discreet
  one.adapter :net_http
end

def send_json(method, address, content, headers = {})
  CLIENT.run_request(method, address, JSON.dump(content), { 'Content-Type' => 'application/json', **headers })
end

def get(path, headers = {}, query = nil)
  CLIENT.get("#{API}#{path}", query, headers)
end

def json(answer)
  JSON.parse(answer.body)
end

# A `Location` or the target of a `Link`, as a browser resolves it.
def at(location)
  raise "#{location} is no address of the browser's" unless location.start_with?('/api/server/')

  BFF + location
end

SCENARIOS = {
  'create' => lambda {
    answer = send_json(:post, "#{API}/items", { name: 'lamp', price: 9.5 })
    same(answer.status, 201, answer.body)
    same(json(CLIENT.get(at(answer.headers['location'])))['name'], 'lamp')
    same(json(answer)['url'], at(answer.headers['location']), 'the address in the body')
  },
  'paging' => lambda {
    seen = []
    address = "#{API}/items"
    while address
      answer = CLIENT.get(address)
      seen += json(answer).map { |item| item['id'] }
      following = answer.headers['link'].to_s[/<([^>]*)>; rel="next"/, 1]
      address = following && at(following)
    end
    same(seen, (1..answer.headers['total'].to_i).to_a)
  },
  'redirect' => lambda {
    answer = send_json(:post, "#{API}/items/redirect", { name: 'desk' })
    same(answer.status, 303)
    same(json(CLIENT.get(at(answer.headers['location'])))['name'], 'desk')
  },
  'upload-form' => lambda {
    file = Faraday::UploadIO.new(StringIO.new(UPLOAD), 'application/octet-stream', 'größe.bin')
    answer = CLIENT.post("#{API}/uploads", { file: file })
    same(json(answer), { 'name' => 'größe.bin', 'size' => UPLOAD.bytesize, 'sha256' => SHA256 })
  },
  'upload-raw' => lambda {
    answer = CLIENT.put("#{API}/uploads/raw", UPLOAD, 'Content-Type' => 'application/octet-stream')
    same(json(answer), { 'size' => UPLOAD.bytesize, 'sha256' => SHA256 })
  },
  'download' => lambda {
    answer = get('/report')
    same(answer.body == REPORT, true, 'the same bytes:')
    same(answer.headers['content-disposition'].start_with?('attachment; filename="report.bin"'), true)
  },
  'range' => lambda {
    # `send_file` knows no ranges; the files of public/ do, by Rack::Files, which looks at no If-Range.
    answer = get('/report.bin', 'Range' => 'bytes=300-399')
    same([answer.status, answer.headers['content-range']], [206, "bytes 300-399/#{REPORT.bytesize}"])
    same(answer.body == REPORT[300..399], true, 'the same bytes:')
    same(get('/report.bin', 'Range' => 'bytes=9999999-').status, 416)
  },
  'not-modified' => lambda {
    tag = get('/items/2').headers['etag']
    answer = get('/items/2', 'If-None-Match' => tag)
    same([answer.status, answer.body, answer.headers['etag']], [304, '', tag])
  },
  'if-match' => lambda {
    tag = get('/items/3').headers['etag']
    statuses = [1, 2].map { send_json(:put, "#{API}/items/3", { name: 'chair' }, 'If-Match' => tag).status }
    same(statuses, [200, 412], tag)
  },
  'invalid' => lambda {
    answer = send_json(:post, "#{API}/items", { price: 1 })
    same([answer.status, json(answer)], [422, { 'name' => ["can't be blank"] }])
    broken = CLIENT.post("#{API}/items", '{"name"', 'Content-Type' => 'application/json')
    same(broken.status, 400)
  },
  'not-found' => lambda {
    answer = get('/items/999')
    same([answer.status, json(answer)], [404, { 'error' => 'Not found' }])
    unrouted = get('/nothing', 'Accept' => 'application/json')
    same([unrouted.status, json(unrouted)['error']], [404, 'Not Found'])
  },
  'fault' => lambda {
    answer = get('/faults/hidden', 'Accept' => 'application/json')
    same([answer.status, answer.headers['content-type']], [500, 'application/problem+json'])
  },
  'fault-passed' => lambda {
    answer = get('/faults/passed', 'Accept' => 'application/json')
    same([answer.status, json(answer)], [500, { 'status' => 500, 'error' => 'Internal Server Error' }])
  },
  'cookies' => -> { same(json(get('/cookies', 'Cookie' => 'mine=1')), {}) },
  # Rails takes both.
  'slash' => -> { same(json(get('/items/')).size, 10) },
  'head' => lambda {
    head = CLIENT.head("#{API}/items/1")
    same([head.status, head.body, head.headers['etag']], [200, '', get('/items/1').headers['etag']])
  },
  'options' => lambda {
    answer = CLIENT.run_request(:options, "#{API}/items/1", nil, { 'Accept' => 'application/json' })
    same(answer.status, 404)
    raise NotOffered, 'Rails has no OPTIONS: its 404 passes'
  },
  'unicode' => lambda {
    answer = get("/tags/#{ERB::Util.url_encode('größe café')}", {}, { q: '日本 & más' })
    same(json(answer), { 'tag' => 'größe café', 'q' => '日本 & más' })
  },
  'sign-in' => lambda {
    same(get('/me').headers['www-authenticate'], 'Token realm="Application"')
    same(send_json(:post, "#{BFF}/bff/login", { username: 'ada@example.com', password: 'wrong' }).status, 401)
    answer = send_json(:post, "#{BFF}/bff/login", { username: 'ada@example.com', password: 'adapass' })
    same(answer.status, 200, answer.body)
    same(json(answer)['user'], { 'id' => '1', 'username' => 'ada@example.com', 'name' => 'Ada Okafor' })
    CLIENT.headers['Cookie'] = answer.headers['set-cookie'].split(';').first
  },
  'signed-in' => lambda {
    same(json(get('/me')), { 'id' => 1, 'email' => 'ada@example.com', 'name' => 'Ada Okafor' })
  },
  'events' => lambda {
    arrivals = []
    CLIENT.get("#{API}/events", nil, 'Accept' => 'text/event-stream') do |request|
      request.options.on_data = proc do |part, _|
        part.scan('data:') { arrivals << Process.clock_gettime(Process::CLOCK_MONOTONIC) }
      end
    end
    gaps = arrivals.each_cons(2).map { |earlier, later| later - earlier }
    same(arrivals.size, 30, 'events')
    raise "pauses of #{gaps}" if gaps.max > 2.5 || gaps.sum < 28
  },
  'renewal' => -> { raise NotOffered, 'a sign-in of one\'s own without a refresh token' },
  'sign-out' => lambda {
    same(send_json(:post, "#{BFF}/bff/logout", {}).status, 200)
    same(get('/me').status, 401)
  }
}.freeze

SCENARIOS.each do |name, scenario|
  scenario.call
  puts "pass\t#{name}"
rescue NotOffered => e
  puts "none\t#{name}\t#{e.message}"
rescue StandardError => e
  warn e.full_message
  puts "fail\t#{name}\t#{e.message.gsub(/\s+/, ' ')}"
ensure
  $stdout.flush
end
