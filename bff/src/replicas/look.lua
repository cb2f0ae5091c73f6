-- Finds an answer that some replica has stored, or grants the lease to fetch it, or says that another replica has
-- that.
--
-- KEYS[1]: the sealed answer. KEYS[2]: the lease.
-- ARGV: the token of the lease, its life in milliseconds, and the most bytes of a sealed answer.
-- Returns: 'answer' and the sealed answer; or 'lead'; or 'wait'; or 'pass', where the last answer was not to be
-- shared.

local answer = redis.call('STRLEN', KEYS[1]) <= tonumber(ARGV[3]) and redis.call('GET', KEYS[1])
if answer then
    return { 'answer', answer }
end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
    return { 'lead', '' }
end
local holder = redis.call('GET', KEYS[2])
if holder == ARGV[1] then
    return { 'lead', '' }
end
if holder == '-' then
    return { 'pass', '' }
end
return { 'wait', '' }
