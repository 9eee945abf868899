-- Gives a place back and says how the call went. KEYS as in acquire.lua.
-- ARGV: deployment, lease, verdict, cooling ms, latency ms (-1 unknown), window ms, least failures, percent,
-- open ms. Answers the breaker's state.
local state, places, summary = KEYS[1], KEYS[2], KEYS[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local verdict, cooling, latency = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local window, least, percent, open_ms = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local SLICES = 6

redis.call('ZREM', places, ARGV[2])
local h = redis.call('HMGET', state, 'state', 'until', 'probe', 'p50')
local current, open_until = h[1] or 'closed', tonumber(h[2]) or 0

local function open()
  current, open_until = 'open', now + open_ms
  redis.call('HSET', state, 'state', current, 'until', open_until)
  redis.call('HDEL', state, 'probe', 'probe_until')
end
-- The window is a ring of slices, each 'number good bad' in its own field.
local number = math.floor(now * SLICES / window)
local function read(i)
  local at, good, bad = string.match(redis.call('HGET', state, 'w' .. i % SLICES) or '', '(%d+) (%d+) (%d+)')
  if tonumber(at) ~= i then return 0, 0 end
  return tonumber(good), tonumber(bad)
end

if current == 'open' then
  if h[3] == ARGV[2] then
    if verdict == 'good' then
      current, open_until = 'closed', 0
      redis.call('HDEL', state, 'state', 'until', 'probe', 'probe_until', 'w0', 'w1', 'w2', 'w3', 'w4', 'w5')
    elseif verdict == 'bad' then
      open()
    else
      redis.call('HDEL', state, 'probe', 'probe_until')
    end
  end
elseif verdict ~= 'neutral' then
  local good, bad = read(number)
  if verdict == 'good' then good = good + 1 else bad = bad + 1 end
  redis.call('HSET', state, 'w' .. number % SLICES, number .. ' ' .. good .. ' ' .. bad)
  if verdict == 'bad' then
    for i = 1, SLICES - 1 do
      local g, b = read(number - i)
      good, bad = good + g, bad + b
    end
    if bad >= least and bad * 100 >= (good + bad) * percent then open() end
  end
end
if cooling > 0 then redis.call('HSET', state, 'cool_until', now + cooling) end

-- A running median: each answer moves it a twentieth towards its own side.
local p50 = tonumber(h[4]) or 0
if verdict == 'good' and latency >= 0 then
  if p50 <= 0 then p50 = latency
  elseif latency > p50 then p50 = p50 + math.max(1, p50 / 20)
  elseif latency < p50 then p50 = math.max(1, p50 - math.max(1, p50 / 20)) end
  redis.call('HSET', state, 'p50', p50)
end
redis.call('PEXPIRE', state, 120000)
redis.call('HSET', summary, ARGV[1], current .. '|' .. open_until .. '|' .. redis.call('ZCARD', places)
  .. '|' .. math.floor(p50))
return current
