#!lua flags=allow-oom
-- Makes a lease last for longer. Returns whether it had not been lost.
-- KEYS: lease. ARGV: token, time.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
