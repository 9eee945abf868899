-- Keep an answer, unless something that it is tagged with was purged since its request began; end the lease.
--
-- KEYS[1] the marks   KEYS[2] the entry   KEYS[3] the index: entry by when it ends, in ms
-- KEYS[4] sizes by entry, and 'total'     KEYS[5] the lease, or ''   KEYS[6] what is near, or ''
-- ARGV[1] life   ARGV[2] clock   ARGV[3] msgpack of its tags' marks   ARGV[4] sealed   ARGV[5] ttl in ms
-- ARGV[6] most entries   ARGV[7] most bytes   ARGV[8] request id   ARGV[9] sealed words of the question
-- ARGV[10] most questions of one place
--
-- Answers 1 where it is kept. Those that end first make room for it, MOST at a time.
local MOST = 64
if KEYS[5] ~= '' and redis.call('GET', KEYS[5]) == ARGV[8] then redis.call('DEL', KEYS[5]) end
if redis.call('HGET', KEYS[1], 'life') ~= ARGV[1] then return 0 end
for _, mark in ipairs(redis.call('HMGET', KEYS[1], unpack(cmsgpack.unpack(ARGV[3])))) do
  if mark and tonumber(mark) > tonumber(ARGV[2]) then return 0 end
end

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
for _, entry in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now_ms, 'LIMIT', 0, MOST)) do drop(entry, KEYS[3], KEYS[4]) end
drop(KEYS[2], KEYS[3], KEYS[4])
local size = #ARGV[4] + #ARGV[9]
local function is_full()
  local total = tonumber(redis.call('HGET', KEYS[4], 'total') or 0)
  return redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[6]) or total + size > tonumber(ARGV[7])
end
for _, entry in ipairs(redis.call('ZRANGE', KEYS[3], 0, MOST - 1)) do
  if not is_full() then break end
  drop(entry, KEYS[3], KEYS[4])
end
if is_full() then return 0 end

local ends_ms = string.format('%.0f', now_ms + ARGV[5])
redis.call('HSET', KEYS[2], 'life', ARGV[1], 'clock', ARGV[2], 'tags', ARGV[3], 'sealed', ARGV[4],
  'near', KEYS[6], 'words', ARGV[9])
redis.call('PEXPIREAT', KEYS[2], ends_ms)
redis.call('ZADD', KEYS[3], ends_ms, KEYS[2])
redis.call('HSET', KEYS[4], KEYS[2], size)
redis.call('HINCRBY', KEYS[4], 'total', size)
if KEYS[6] ~= '' then
  redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now_ms)
  redis.call('ZADD', KEYS[6], ends_ms, ARGV[9])
  redis.call('ZREMRANGEBYRANK', KEYS[6], 0, -1 - tonumber(ARGV[10]))
  redis.call('PEXPIREAT', KEYS[6], ends_ms)
end
return 1
