//! Scripts that change a session in one step. Lua's numbers are exact up to 2^53, which milliseconds do not reach.

use std::sync::LazyLock;

use crate::redis::script::Script;

/// The value of a lease that has no holder, and gets none yet.
pub(super) const COOLING: &str = "cooling";

/// The answer to a new holder where the last one has not given the lease back.
pub(super) const INHERITED: &str = "inherited";

/// Creates a session. Key: session. Arguments: begin, last use, person, tokens, lifetime.
pub(super) static CREATE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "redis.call('HSET', KEYS[1], 'v', '0', 'c', ARGV[1], 'u', ARGV[2], 'p', ARGV[3], 't', ARGV[4])
         return redis.call('PEXPIRE', KEYS[1], ARGV[5])",
    )
});

/// Records a use. Key: session. Arguments: now, idle time, greatest age. A use that comes late does not undo a later
/// one.
pub(super) static TOUCH: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local times = redis.call('HMGET', KEYS[1], 'c', 'u')
         local created, used = tonumber(times[1]), tonumber(times[2])
         local now, idle, max = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
         if not created or math.min(created + max, used + idle) <= now then return 0 end
         if now > used then
             redis.call('HSET', KEYS[1], 'u', ARGV[1])
             redis.call('PEXPIRE', KEYS[1], math.min(created + max, now + idle) - now)
         end
         return 1",
    )
});

/// Swaps the tokens. Key: session. Arguments: version, next version, tokens, now, idle time, greatest age.
pub(super) static SWAP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local f = redis.call('HMGET', KEYS[1], 'v', 'c', 'u', 'p', 't')
         if not f[1] then return {'gone', {}} end
         if math.min(f[2] + ARGV[6], f[3] + ARGV[5]) <= tonumber(ARGV[4]) then return {'gone', {}} end
         if f[1] ~= ARGV[1] then return {'lost', f} end
         redis.call('HSET', KEYS[1], 'v', ARGV[2], 't', ARGV[3])
         f[1], f[5] = ARGV[2], ARGV[3]
         return {'done', f}",
    )
});

/// Takes a session out. Keys: session, lease. Arguments: version or nothing, moment by which it has ended or nothing,
/// idle time, greatest age.
pub(super) static TAKE_OUT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local f = redis.call('HMGET', KEYS[1], 'v', 'c', 'u', 'p', 't')
         if not f[1] then return {} end
         if ARGV[1] ~= '' and f[1] ~= ARGV[1] then return {} end
         if ARGV[2] ~= '' and math.min(f[2] + ARGV[4], f[3] + ARGV[3]) > tonumber(ARGV[2]) then return {} end
         redis.call('DEL', KEYS[1], KEYS[2])
         return f",
    )
});

/// Lists a session. Key: list. Arguments: session, latest end, now, capacity. Returns the sessions that began first,
/// where there are more. They stay on the list until they have ended: the next caller gets a lost answer again.
pub(super) static ENLIST: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
         redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
         local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
         redis.call('PEXPIRE', KEYS[1], last[2] - ARGV[3])
         local surplus = redis.call('ZCARD', KEYS[1]) - ARGV[4]
         if surplus <= 0 then return {} end
         return redis.call('ZRANGE', KEYS[1], 0, surplus - 1)",
    )
});

/// Takes a lease. Keys: lease, its trace. Arguments: holder, lifetime, lifetime of the trace. Returns the holder.
pub(super) static LEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local holder = redis.call('GET', KEYS[1])
         if holder and holder ~= ARGV[1] then return holder end
         local before = redis.call('GET', KEYS[2])
         redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
         redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
         if before and before ~= ARGV[1] then return 'inherited' end
         return ARGV[1]",
    )
});

/// Gives a lease back. Keys: lease, its trace. Arguments: holder, time of cooling.
pub(super) static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
         if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
         if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
         redis.call('SET', KEYS[1], 'cooling', 'PX', ARGV[2])
         return 1",
    )
});
