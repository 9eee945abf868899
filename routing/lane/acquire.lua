-- Takes places for calls to one deployment: breaker, cooling, concurrency, requests and tokens per minute.
-- KEYS: state hash, places (sorted set: lease → expiry), summary hash.
-- ARGV: deployment, concurrency, rpm, tpm (0 is unlimited), then for each call: lease, lease ms, tokens.
-- Answers {what, wait ms} for each: "ok" | "breaker" | "cooling" | "concurrency" | "rpm" | "tpm".
local state, places, summary = KEYS[1], KEYS[2], KEYS[3]
local concurrency, rpm, tpm = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local h = redis.call('HMGET', state, 'state', 'until', 'probe_until', 'cool_until',
  'r_level', 'r_at', 't_level', 't_at', 'p50')
local is_open, open_until, probing = h[1] == 'open', tonumber(h[2]) or 0, tonumber(h[3]) or 0
local cool = tonumber(h[4]) or 0
redis.call('ZREMRANGEBYSCORE', places, '-inf', now)
local in_flight = redis.call('ZCARD', places)

-- A bucket drains at its limit per minute; it may hold one minute's worth.
local function level(held, at, per_min)
  return math.max(0, (tonumber(held) or 0) - (now - (tonumber(at) or now)) * per_min / 60000)
end
local requests = rpm > 0 and level(h[5], h[6], rpm)
local spent = tpm > 0 and level(h[7], h[8], tpm)

local given, changed = {}, {}
local function try(lease, lease_ms, tokens)
  if cool > now then return {'cooling', cool - now} end
  if is_open then
    if open_until > now then return {'breaker', open_until - now} end
    if probing > now then return {'breaker', 250} end
  end
  if concurrency > 0 and in_flight >= concurrency then return {'concurrency', 50} end
  if requests and requests + 1 > rpm then return {'rpm', math.ceil((requests + 1 - rpm) * 60000 / rpm)} end
  -- A call larger than the whole limit passes when the bucket is empty; nothing else ever could let it.
  if spent and spent > 0 and spent + tokens > tpm then
    return {'tpm', math.ceil(math.min(spent, spent + tokens - tpm) * 60000 / tpm)}
  end
  if requests then requests = requests + 1 end
  if spent then spent = spent + tokens end
  if is_open then
    probing = now + lease_ms
    changed = {'probe', lease, 'probe_until', probing}
  end
  in_flight = in_flight + 1
  given[#given + 1], given[#given + 2] = now + lease_ms, lease
  return {'ok', 0}
end

local answers = {}
for at = 5, #ARGV, 3 do
  answers[#answers + 1] = try(ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]))
end
if #given == 0 then return answers end

if requests then
  for _, part in ipairs({'r_level', requests, 'r_at', now}) do changed[#changed + 1] = part end
end
if spent then
  for _, part in ipairs({'t_level', spent, 't_at', now}) do changed[#changed + 1] = part end
end
if #changed > 0 then
  redis.call('HSET', state, unpack(changed))
  redis.call('PEXPIRE', state, 120000)
end
redis.call('ZADD', places, unpack(given))
redis.call('PEXPIRE', places, 3600000)
local shown = is_open and 'open|' .. (h[2] or 0) or 'closed|0'
redis.call('HSET', summary, ARGV[1], shown .. '|' .. in_flight .. '|' .. math.floor(tonumber(h[9]) or 0))
return answers
