#!lua
-- Stores a value if its writer still has the lease, and tells everybody. Returns whether it is stored.
-- If the counter is on the same server, nothing is stored either that was invalidated since the lease was given.
-- KEYS: value, lease, index, and perhaps control and marks.
-- ARGV: token, bytes, time to live, member, channel, message, era, number, and the names of all that covers the value.
local value, lease, index, control, marks = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local token, time, member = ARGV[1], tonumber(ARGV[3]), ARGV[4]

local function is_beaten()
  local counts = redis.call('HMGET', control, 'era', 'floor')
  local seq = tonumber(ARGV[8])
  if counts[1] ~= ARGV[7] or tonumber(counts[2]) > seq then
    return true
  end
  for _, mark in ipairs(redis.call('ZMSCORE', marks, unpack(ARGV, 9))) do
    if mark and tonumber(mark) > seq then
      return true
    end
  end
  return false
end

if redis.call('GET', lease) ~= token then
  -- It is there already if the call was repeated because its answer was lost.
  return redis.call('GETRANGE', value, 2, 33) == token and 1 or 0
end
if control and is_beaten() then
  return 0
end
redis.call('SET', value, ARGV[2], 'PX', time)
redis.call('DEL', lease)

-- The index has the names of what is stored, by the end of its time; some that have ended leave with one write of 16.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if clock[2] % 16 == 0 then
  local ended = redis.call('ZRANGE', index, '-inf', now, 'BYSCORE', 'LIMIT', 0, 256)
  if #ended > 0 then
    redis.call('ZREM', index, unpack(ended))
  end
end
redis.call('ZADD', index, now + time, member)
-- It lasts as long as the last of them; a new one has no end yet, and so no later one.
if redis.call('PEXPIRE', index, time, 'GT') == 0 and redis.call('PTTL', index) < 0 then
  redis.call('PEXPIRE', index, time)
end
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1
