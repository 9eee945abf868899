-- Before the scripts that drop entries: an entry goes with its size, its place in the index and its question.
local function drop(entry, index, sizes)
  local size = tonumber(redis.call('HGET', sizes, entry) or 0)
  if size > 0 then redis.call('HINCRBY', sizes, 'total', string.format('%.0f', -size)) end
  local question = redis.call('HMGET', entry, 'near', 'words')
  if question[1] and question[1] ~= '' then redis.call('ZREM', question[1], question[2]) end
  redis.call('HDEL', sizes, entry)
  redis.call('ZREM', index, entry)
  redis.call('DEL', entry)
end

