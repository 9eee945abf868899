-- End holds: what was used becomes settled, the rest is free again. Doing it twice does nothing.
--
-- KEYS[1] the trust token
-- ARGV    for each hold: request id, msgpack [total, {model = amount}, tokens or -1]
--
-- Answers for each: OK | GONE (no such hold: settled before, or the counters were rebuilt without it)
-- A counter is changed once for all of them: sums that stay within MOST are exact in a double.
local MOST = 9e15
local answers, token = {}, redis.call('GET', KEYS[1])
local space = token and 'sb:money:' .. string.match(token, '(%d+)$') .. ':'
local clock = redis.call('TIME')
local now_us = clock[1] * 1000000 + clock[2]

local known = {} -- counter → whether it exists: one long past its window is forgotten
local sums = { r = {}, s = {} }
local function write(field, counter)
  local sum = sums[field][counter]
  if sum and sum ~= 0 then redis.call('HINCRBY', counter, field, string.format('%.0f', sum)) end
  sums[field][counter] = 0
end
local function add(field, counter, amount)
  local sum = (sums[field][counter] or 0) + amount
  if math.abs(sum) > MOST then
    write(field, counter)
    sum = amount
  end
  sums[field][counter] = sum
end

local function count(lines, total, by_model)
  for _, line in ipairs(lines) do
    local counter = space .. line[1]
    if known[counter] == nil then known[counter] = redis.call('EXISTS', counter) == 1 end
    if known[counter] then
      add('r', counter, -line[3])
      add('s', counter, line[2] == '' and total or by_model[line[2]] or 0)
    end
  end
end

-- What a hold took of a bucket has drained a minute later: from then on nothing of it can go back, since what
-- is in the bucket is others'. The lease says when it was held, to the millisecond.
local MINUTE_US, MS_US = 60000000, 1000
local function adjust(name, ask, tokens)
  local left_us
  for _, rate in ipairs(ask[3]) do
    local full_at = rate[4] and tonumber(redis.call('GET', rate[1]) or 0) or 0
    if full_at > 0 then
      if not left_us then
        local held_at = (tonumber(redis.call('ZSCORE', space .. 'leases', name) or 0) - ask[1] + 1) * MS_US
        left_us = math.max(held_at + MINUTE_US - now_us, 0)
      end
      full_at = full_at + math.max(math.ceil((tokens - rate[3]) * MINUTE_US / rate[2]), -left_us)
      if full_at <= now_us then
        redis.call('DEL', rate[1])
      else
        redis.call('SET', rate[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now_us) / 1000) + 1)
      end
    end
  end
end

local holds, names, ended = {}, {}, {}
for at = 1, #ARGV, 2 do
  local name = ARGV[at]
  local kept = space and not ended[name] and redis.call('GET', space .. 'hold:' .. name)
  if kept then
    local ask, used = cmsgpack.unpack(kept), cmsgpack.unpack(ARGV[at + 1])
    count(ask[2], used[1], used[2])
    if used[3] >= 0 then adjust(name, ask, used[3]) end
    ended[name] = true
    holds[#holds + 1], names[#names + 1] = space .. 'hold:' .. name, name
  end
  answers[#answers + 1] = kept and 'OK' or 'GONE'
end

if #names > 0 then
  for field, counters in pairs(sums) do
    for counter in pairs(counters) do write(field, counter) end
  end
  redis.call('DEL', unpack(holds))
  redis.call('ZREM', space .. 'leases', unpack(names))
end
return answers
