-- Look an answer up; where there is none, take the lead of those who ask the same, or tell who has it.
--
-- KEYS[1] the marks   KEYS[2] the entry   KEYS[3] the lease, or ''
-- ARGV[1] a new life, for marks that are not there   ARGV[2] request id   ARGV[3] the lease in ms, 0 for none
--
-- Nothing is looked up where KEYS[2] is ''.
-- Answers [life, clock, sealed entry or '', who leads or '']. An entry counts only in the life in which it was
-- kept, and where nothing that it is tagged with was purged since its request began.
local life = redis.call('HGET', KEYS[1], 'life')
if not life then
  life = ARGV[1]
  redis.call('HSET', KEYS[1], 'life', life, 'clock', '0')
end
local clock = redis.call('HGET', KEYS[1], 'clock')
local kept = KEYS[2] ~= '' and redis.call('HMGET', KEYS[2], 'life', 'clock', 'tags', 'sealed') or {}
if kept[1] == life then
  local stands = true
  for _, mark in ipairs(redis.call('HMGET', KEYS[1], unpack(cmsgpack.unpack(kept[3])))) do
    if mark and tonumber(mark) > tonumber(kept[2]) then stands = false end
  end
  if stands then return { life, clock, kept[4], '' } end
end

if ARGV[3] ~= '0' and redis.call('SET', KEYS[3], ARGV[2], 'NX', 'PX', ARGV[3]) then return { life, clock, '', ARGV[2] } end
return { life, clock, '', redis.call('GET', KEYS[3]) or '' }
