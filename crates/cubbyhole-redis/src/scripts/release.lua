#!lua flags=allow-oom
-- Gives a lease back, and tells those who wait for it. Returns whether it had not been lost.
-- KEYS: lease. ARGV: token, channel, message.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
