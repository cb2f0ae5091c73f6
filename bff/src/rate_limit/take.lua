-- Grants and counts uses of one key, or none of them: Counts::take, in Redis.
--
-- KEYS[1]: 'window:current:previous', the counts of a key.
-- ARGV: uses that are allowed, microseconds of a window, uses that are asked for, and the moment in microseconds since
-- 1970; without it that of Redis.
-- Returns: granted (1 or 0), uses in the running window, in the one before, microseconds since the running one began.
--
-- All numbers are whole and below 2^53, which is as far as Lua's are exact. Quotients are taken of what is left when
-- the remainder is gone: a plain division would round.

local allowed, length, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = tonumber(ARGV[4])
if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000000 + time[2]
end
local elapsed = math.fmod(now, length)
local window = (now - elapsed) / length

local known, current, previous = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+):(%d+):(%d+)$')
known, current, previous = tonumber(known), tonumber(current) or 0, tonumber(previous) or 0
if known ~= window then
    previous = known == window - 1 and current or 0
    current = 0
end

-- The share of the previous window's uses that lies within the last full length, rounded up. Their product with the
-- time that is left may be above 2^53: it is divided in two steps, as on paper, in digits of 1024.
local left = length - elapsed
local low = math.fmod(previous, 1024)
local first = (previous - low) / 1024 * left
local carried = math.fmod(first, length)
local second = carried * 1024 + low * left
local rest = math.fmod(second, length)
local share = (first - carried) / length * 1024 + (second - rest) / length
if rest > 0 then
    share = share + 1
end

local granted = current + share + cost <= allowed
if granted then
    current = current + cost
    local state = string.format('%.0f:%.0f:%.0f', window, current, previous)
    redis.call('SET', KEYS[1], state, 'PX', string.format('%.0f', math.ceil(2 * length / 1000)))
end
return {granted and 1 or 0, current, previous, elapsed}
