-- Puts a new number into the fields of changed buckets. A table without an epoch gets one, and its life begins anew.
--
-- KEYS[1]: the table. ARGV: the number, the table's life in seconds, the fields.

redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
for field = 3, #ARGV do
    redis.call('HSET', KEYS[1], ARGV[field], ARGV[1])
end
return redis.call('EXPIRE', KEYS[1], ARGV[2])
