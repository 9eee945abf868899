-- Gives places of one deployment back and says how their calls went. KEYS as in acquire.lua, and the hash of
-- what was measured: deployment -> 'at ms|p50 ms|p95 ms|how many'.
-- ARGV: deployment, window ms, least failures, percent, open ms,
-- then for each call: lease, verdict, cooling ms, latency ms (-1 unknown).
-- Answers the breaker's state after each.
local state, places, summary, measured = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local window, least, percent, open_ms = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local SLICES = 6
local FORGOTTEN_MS, MANY = 600000, 1000000

local h = redis.call('HMGET', state, 'state', 'until', 'probe', 'cool_until')
local current, open_until, probe = h[1] or 'closed', tonumber(h[2]) or 0, h[3]
local cool_until = tonumber(h[4]) or 0
-- They outlive the state, which is forgotten after two minutes without a call.
local measured_at, p50, p95, known = string.match(redis.call('HGET', measured, ARGV[1]) or '', '^(%d+)|([%d.]+)|([%d.]+)|(%d+)$')
measured_at, p50, p95, known = tonumber(measured_at) or 0, tonumber(p50) or 0, tonumber(p95) or 0, tonumber(known) or 0
if now - measured_at > FORGOTTEN_MS then p50, p95, known = 0, 0, 0 end
local is_measured = false

-- The window is a ring of slices, each 'number good bad' in its own field; the present one is kept here.
local number = math.floor(now * SLICES / window)
local function read(i)
  local at, good, bad = string.match(redis.call('HGET', state, 'w' .. i % SLICES) or '', '(%d+) (%d+) (%d+)')
  if tonumber(at) ~= i then return 0, 0 end
  return tonumber(good), tonumber(bad)
end
local good_now, bad_now = read(number)
local is_counted = false

local function open()
  current, open_until, probe = 'open', now + open_ms, nil
  redis.call('HSET', state, 'state', current, 'until', open_until)
  redis.call('HDEL', state, 'probe', 'probe_until')
end

local function end_probe(verdict)
  if verdict == 'bad' then return open() end
  probe = nil
  redis.call('HDEL', state, 'probe', 'probe_until')
  if verdict == 'good' then
    current, open_until, good_now, bad_now, is_counted = 'closed', 0, 0, 0, false
    redis.call('HDEL', state, 'state', 'until', 'w0', 'w1', 'w2', 'w3', 'w4', 'w5')
  end
end

local function count(verdict)
  is_counted = true
  if verdict == 'good' then
    good_now = good_now + 1
    return
  end
  bad_now = bad_now + 1
  local good, bad = good_now, bad_now
  for i = 1, SLICES - 1 do
    local g, b = read(number - i)
    good, bad = good + g, bad + b
  end
  if bad >= least and bad * 100 >= (good + bad) * percent then open() end
end

-- Running quantiles: each answer moves the median a twentieth towards its own side. The p95 rises by as much
-- and falls by a nineteenth of that, so it rests where one answer of twenty is above it.
local function moved(quantile, latency, falls_by)
  local step = math.max(1, quantile / 20)
  if quantile <= 0 then return latency end
  if latency > quantile then return quantile + step end
  if latency < quantile then return math.max(1, quantile - step * falls_by) end
  return quantile
end

local function measure(latency)
  p50, p95 = moved(p50, latency, 1), moved(p95, latency, 1 / 19)
  known, is_measured = math.min(known + 1, MANY), true
end

local answers, leases = {}, {}
for at = 6, #ARGV, 4 do
  local lease, verdict, cooling, latency = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  leases[#leases + 1] = lease
  if current == 'open' then
    if probe == lease then end_probe(verdict) end
  elseif verdict ~= 'neutral' then
    count(verdict)
  end
  if cooling > 0 then cool_until = now + cooling end
  if verdict == 'good' and latency >= 0 then measure(latency) end
  answers[#answers + 1] = current
end

redis.call('ZREM', places, unpack(leases))
-- The state has the median too, for acquire.lua.
local changed = {'p50', p50, 'cool_until', cool_until}
if is_counted then
  changed[5], changed[6] = 'w' .. number % SLICES, number .. ' ' .. good_now .. ' ' .. bad_now
end
redis.call('HSET', state, unpack(changed))
redis.call('PEXPIRE', state, 120000)
redis.call('HSET', summary, ARGV[1], current .. '|' .. open_until .. '|' .. redis.call('ZCARD', places)
  .. '|' .. math.floor(p50))
if is_measured then
  redis.call('HSET', measured, ARGV[1], string.format('%.0f|%.2f|%.2f|%d', now, p50, p95, known))
end
return answers
