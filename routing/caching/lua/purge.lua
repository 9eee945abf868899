-- Throw away what has a tag: from now on nothing is found or kept whose request began before.
--
-- KEYS[1] the marks   KEYS[2] the index   KEYS[3] sizes by entry
-- ARGV[1] a new life, for marks that are not there   ARGV[2] the tag's mark
--
-- Answers how many entries were dropped. The index is bounded, so one call sees all of it.
if redis.call('HSETNX', KEYS[1], 'life', ARGV[1]) == 1 then redis.call('HSET', KEYS[1], 'clock', '0') end
redis.call('HSET', KEYS[1], ARGV[2], redis.call('HINCRBY', KEYS[1], 'clock', 1))
local dropped = 0
for _, entry in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local tags = redis.call('HGET', entry, 'tags')
  local has = not tags -- it ended
  for _, mark in ipairs(tags and cmsgpack.unpack(tags) or {}) do
    if mark == ARGV[2] then has = true end
  end
  if has then
    drop(entry, KEYS[2], KEYS[3])
    if tags then dropped = dropped + 1 end
  end
end
return dropped
