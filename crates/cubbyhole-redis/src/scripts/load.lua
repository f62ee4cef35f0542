#!lua flags=allow-oom
-- Returns the era, the number of the last invalidation, the floor and all marks.
-- A new era begins if there is none, or if the servers are not those of before: what a server that is gone was told
-- last may be lost.
-- KEYS: control, marks. ARGV: the lives of the servers or nothing, a new era, channel, message.
local control, marks = KEYS[1], KEYS[2]
local era = redis.call('HGET', control, 'era')
local lives = redis.call('HGET', control, 'lives')
if not era or (ARGV[1] ~= '' and ARGV[1] ~= lives) then
  era = ARGV[2]
  redis.call('DEL', control, marks)
  redis.call('HSET', control, 'era', era, 'seq', 0, 'floor', 0, 'lives', ARGV[1] ~= '' and ARGV[1] or lives or '')
  redis.call('PUBLISH', ARGV[3], ARGV[4] .. era)
end
local counts = redis.call('HMGET', control, 'seq', 'floor')
return { era, counts[1], counts[2], redis.call('ZRANGE', marks, 0, -1, 'WITHSCORES') }
