-- Make rebuilt counters the ones that count, unless something wiped them while they were written.
--
-- KEYS[1] the trust token   KEYS[2] the mark that was written before the first counter
-- ARGV[1] the new token     ARGV[2] what the mark must say
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 'WIPED' end
redis.call('SET', KEYS[1], ARGV[1])
return 'OK'
