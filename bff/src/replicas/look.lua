-- An answer that some replica has stored, or the lease to fetch it, or that somebody else has it.
--
-- KEYS[1]: '<position in 16 hex digits><sealed answer>'. KEYS[2]: the lease.
-- ARGV: the least position that an answer has to have, whose lease it would be, its life in milliseconds, and how many
-- bytes an answer has at most: what is larger, nobody of us has written.
-- Returns: 'answer' and it; or 'lead'; or 'wait'; or 'pass', where the last answer was not to be shared.

local answer = redis.call('STRLEN', KEYS[1]) <= tonumber(ARGV[4]) and redis.call('GET', KEYS[1])
if answer and string.sub(answer, 1, 16) >= ARGV[1] then
    return { 'answer', answer }
end
if redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then
    return { 'lead', '' }
end
local holder = redis.call('GET', KEYS[2])
if holder == ARGV[2] then
    return { 'lead', '' }
end
if holder == '-' then
    return { 'pass', '' }
end
return { 'wait', '' }
