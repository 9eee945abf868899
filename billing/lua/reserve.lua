-- Hold money, take rate and dispatch the call: all of it or nothing.
--
-- KEYS[1] the trust token   ARGV[1] the token that the caller's budgets belong to: <run id>:<epoch>
-- KEYS[2] the lane's stream, or ''
-- ARGV[2] request id        ARGV[3] msgpack [lease_ms, lines, rates]
--   line: [counter, model, amount, limit or -1, expires_at_s or 0, budget id]
--   rate: [key, per_min, cost, adjusts]
-- ARGV[4] how many calls may wait   ARGV[5] field   ARGV[6] payload
--
-- Answers OK (and for each rate in how many us it is full again) | HELD (this request holds already) | EPOCH | BUDGET id remaining | RATE key retry_us | BUSY
-- Amounts are at most 9e15, so every sum that can pass is exact in a double; totals are kept by HINCRBY,
-- in 64-bit integers.
local token = redis.call('GET', KEYS[1])
if token ~= ARGV[1] then return {'EPOCH'} end
local space = 'sb:money:' .. string.match(token, '(%d+)$') .. ':'
local hold = space .. 'hold:' .. ARGV[2]
if redis.call('EXISTS', hold) == 1 then return {'HELD'} end

local ask = cmsgpack.unpack(ARGV[3])
local lines, rates = ask[2], ask[3]
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local MINUTE_US = 60000000

if KEYS[2] ~= '' and redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[4]) then return {'BUSY'} end

-- GCRA: a bucket of one minute's worth that refills steadily, kept as the time at which it is full again.
local full_at = {}
for i, rate in ipairs(rates) do
  if rate[3] > rate[2] then return {'RATE', rate[1], '-1'} end
  local from = math.max(tonumber(redis.call('GET', rate[1]) or 0), now_us)
  full_at[i] = from + math.ceil(rate[3] * MINUTE_US / rate[2])
  local excess = full_at[i] - now_us - MINUTE_US
  if excess > 0 then return {'RATE', rate[1], string.format('%.0f', excess)} end
end

-- Two lines of one hold may be on the same counter: the request's and its shadows'.
local fresh, asked = {}, {}
for i, line in ipairs(lines) do
  local sums = redis.call('HMGET', space .. line[1], 's', 'r')
  fresh[i] = not sums[2]
  if line[4] >= 0 then
    local before = asked[line[1]] or 0
    local remaining = line[4] - (tonumber(sums[1] or 0) + tonumber(sums[2] or 0) + before)
    asked[line[1]] = before + line[3]
    if line[3] > remaining then return {'BUDGET', tostring(line[6]), string.format('%.0f', remaining)} end
  end
end

for i, line in ipairs(lines) do
  redis.call('HINCRBY', space .. line[1], 'r', string.format('%.0f', line[3]))
  if fresh[i] and line[5] > 0 then redis.call('EXPIREAT', space .. line[1], line[5]) end
end
for i, rate in ipairs(rates) do
  redis.call('SET', rate[1], string.format('%.0f', full_at[i]), 'PX', math.ceil((full_at[i] - now_us) / 1000) + 1)
end
redis.call('SET', hold, ARGV[3])
redis.call('ZADD', space .. 'leases', string.format('%.0f', now_us / 1000 + ask[1]), ARGV[2])
if KEYS[2] ~= '' then redis.call('XADD', KEYS[2], '*', ARGV[5], ARGV[6]) end
local done = {'OK'}
for i = 1, #rates do done[i + 1] = string.format('%.0f', full_at[i] - now_us) end
return done
