#!lua flags=allow-oom
-- Removes what the index of a cell names, some of it at a time. Returns how much is left.
-- KEYS: index. ARGV: what the names of all keys of the cell begin with, how many.
local members = redis.call('ZRANGE', KEYS[1], 0, ARGV[2] - 1)
for _, member in ipairs(members) do
  redis.call('UNLINK', ARGV[1] .. 'v' .. member, ARGV[1] .. 'l' .. member)
end
if #members > 0 then
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #members - 1)
end
return redis.call('ZCARD', KEYS[1])
