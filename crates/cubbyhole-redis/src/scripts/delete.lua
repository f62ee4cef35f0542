#!lua flags=allow-oom
-- Removes a value and the lease, unless this node wrote or took them after it had asked for this; tells everybody.
-- KEYS: value, lease, index. ARGV: node, count, member, channel, message.
local node, count = ARGV[1], tonumber(ARGV[2])

local function is_older(by)
  return string.sub(by, 1, 16) ~= node or tonumber(string.sub(by, 17, 32), 16) <= count
end

local by = redis.call('GETRANGE', KEYS[1], 2, 33)
if by ~= '' and is_older(by) then
  redis.call('UNLINK', KEYS[1])
  redis.call('ZREM', KEYS[3], ARGV[3])
end
local holder = redis.call('GET', KEYS[2])
if holder and is_older(holder) then
  redis.call('DEL', KEYS[2])
end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
