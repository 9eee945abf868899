-- Gives places of one deployment back and says how their calls went. KEYS as in acquire.lua.
-- ARGV: deployment, window ms, least failures, percent, open ms,
-- then for each call: lease, verdict, cooling ms, latency ms (-1 unknown).
-- Answers the breaker's state after each.
local state, places, summary = KEYS[1], KEYS[2], KEYS[3]
local window, least, percent, open_ms = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local SLICES = 6

local h = redis.call('HMGET', state, 'state', 'until', 'probe', 'p50', 'cool_until')
local current, open_until, probe = h[1] or 'closed', tonumber(h[2]) or 0, h[3]
local p50, cool_until = tonumber(h[4]) or 0, tonumber(h[5]) or 0

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

-- A running median: each answer moves it a twentieth towards its own side.
local function move_median(latency)
  local step = math.max(1, p50 / 20)
  if p50 <= 0 then p50 = latency
  elseif latency > p50 then p50 = p50 + step
  elseif latency < p50 then p50 = math.max(1, p50 - step) end
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
  if verdict == 'good' and latency >= 0 then move_median(latency) end
  answers[#answers + 1] = current
end

redis.call('ZREM', places, unpack(leases))
local changed = {'p50', p50, 'cool_until', cool_until}
if is_counted then
  changed[5], changed[6] = 'w' .. number % SLICES, number .. ' ' .. good_now .. ' ' .. bad_now
end
redis.call('HSET', state, unpack(changed))
redis.call('PEXPIRE', state, 120000)
redis.call('HSET', summary, ARGV[1], current .. '|' .. open_until .. '|' .. redis.call('ZCARD', places)
  .. '|' .. math.floor(p50))
return answers
