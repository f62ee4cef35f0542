#!lua flags=allow-oom
-- Gives an invalidation its number, keeps it, and tells everybody. Returns the era and the number;
-- nothing if the counter is gone, and then somebody has to begin a new era.
-- KEYS: control, marks. ARGV: thing, the most marks, channel, message.
local era = redis.call('HGET', KEYS[1], 'era')
if not era then
  return false
end
local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
redis.call('ZADD', KEYS[2], seq, ARGV[1])
local surplus = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[2])
if surplus > 0 then
  -- What is let go of counts as invalidated from here on, whatever it was.
  local last = redis.call('ZRANGE', KEYS[2], surplus - 1, surplus - 1, 'WITHSCORES')
  redis.call('HSET', KEYS[1], 'floor', last[2])
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, surplus - 1)
end
local number = string.format('%.0f', seq)
redis.call('PUBLISH', ARGV[3], ARGV[4] .. era .. number)
return { era, number }
