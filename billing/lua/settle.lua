-- End a hold: what was used becomes settled, the rest is free again. Doing it twice does nothing.
--
-- KEYS[1] the trust token
-- ARGV[1] request id        ARGV[2] msgpack [total, {model = amount}, tokens or -1]
--
-- Answers OK | GONE (no such hold: settled before, or the counters were rebuilt without it)
local token = redis.call('GET', KEYS[1])
if not token then return 'GONE' end
local space = 'sb:money:' .. string.match(token, '(%d+)$') .. ':'
local hold = space .. 'hold:' .. ARGV[1]
local kept = redis.call('GET', hold)
if not kept then return 'GONE' end

local ask = cmsgpack.unpack(kept)
local used = cmsgpack.unpack(ARGV[2])
local total, by_model, tokens = used[1], used[2], used[3]

for _, line in ipairs(ask[2]) do
  local counter = space .. line[1]
  if redis.call('EXISTS', counter) == 1 then -- a counter long past its window is forgotten
    local spent = total
    if line[2] ~= '' then spent = by_model[line[2]] or 0 end
    redis.call('HINCRBY', counter, 'r', string.format('%.0f', 0 - line[3])) -- never '-0'
    if spent ~= 0 then redis.call('HINCRBY', counter, 's', string.format('%.0f', spent)) end
  end
end

if tokens >= 0 then
  for _, rate in ipairs(ask[3]) do
    local full_at = rate[4] and tonumber(redis.call('GET', rate[1]) or 0) or 0
    if full_at > 0 then
      local time = redis.call('TIME')
      local now_us = time[1] * 1000000 + time[2]
      full_at = full_at + math.ceil((tokens - rate[3]) * 60000000 / rate[2])
      if full_at <= now_us then
        redis.call('DEL', rate[1])
      else
        redis.call('SET', rate[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now_us) / 1000) + 1)
      end
    end
  end
end

redis.call('DEL', hold)
redis.call('ZREM', space .. 'leases', ARGV[1])
return 'OK'
