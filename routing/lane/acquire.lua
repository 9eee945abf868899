-- Takes one place for a call to a deployment: breaker, cooling, concurrency, requests and tokens per minute.
-- All or nothing. KEYS: state hash, places (sorted set: lease → expiry), summary hash.
-- ARGV: deployment, lease, lease ms, concurrency, rpm, tpm (0 is unlimited), tokens, probe ms.
-- Answers {what, wait ms, probe}: "ok" | "breaker" | "cooling" | "concurrency" | "rpm" | "tpm".
local state, places, summary = KEYS[1], KEYS[2], KEYS[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local h = redis.call('HMGET', state, 'state', 'until', 'probe_until', 'cool_until',
  'r_level', 'r_at', 't_level', 't_at', 'p50')
local lease_ms = tonumber(ARGV[3])
local concurrency, rpm, tpm = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local tokens = tonumber(ARGV[7])

local cool = tonumber(h[4]) or 0
if cool > now then return {'cooling', cool - now, 0} end
local probe = 0
if h[1] == 'open' then
  local open_until, probing = tonumber(h[2]) or 0, tonumber(h[3]) or 0
  if open_until > now then return {'breaker', open_until - now, 0} end
  if probing > now then return {'breaker', 250, 0} end
  probe = 1
end
redis.call('ZREMRANGEBYSCORE', places, '-inf', now)
local in_flight = redis.call('ZCARD', places)
if concurrency > 0 and in_flight >= concurrency then return {'concurrency', 50, 0} end

-- A bucket drains at its limit per minute; it may hold one minute's worth.
local function level(held, at, per_min)
  return math.max(0, (tonumber(held) or 0) - (now - (tonumber(at) or now)) * per_min / 60000)
end
local requests, spent
if rpm > 0 then
  requests = level(h[5], h[6], rpm)
  if requests + 1 > rpm then return {'rpm', math.ceil((requests + 1 - rpm) * 60000 / rpm), 0} end
end
if tpm > 0 then
  spent = level(h[7], h[8], tpm)
  -- A call larger than the whole limit passes when the bucket is empty; nothing else ever could let it.
  if spent > 0 and spent + tokens > tpm then
    return {'tpm', math.ceil(math.min(spent, spent + tokens - tpm) * 60000 / tpm), 0}
  end
end

if requests then redis.call('HSET', state, 'r_level', requests + 1, 'r_at', now) end
if spent then redis.call('HSET', state, 't_level', spent + tokens, 't_at', now) end
if probe == 1 then redis.call('HSET', state, 'probe', ARGV[2], 'probe_until', now + tonumber(ARGV[8])) end
redis.call('ZADD', places, now + lease_ms, ARGV[2])
redis.call('PEXPIRE', places, 3600000)
if requests or spent or probe == 1 then redis.call('PEXPIRE', state, 120000) end
local shown = h[1] == 'open' and 'open|' .. (h[2] or 0) or 'closed|0'
redis.call('HSET', summary, ARGV[1], shown .. '|' .. (in_flight + 1) .. '|' .. math.floor(tonumber(h[9]) or 0))
return {'ok', 0, probe}
