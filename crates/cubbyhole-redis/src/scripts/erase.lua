#!lua flags=allow-oom
-- Removes what the index of a cell names and was begun before a mark, some of it at a time.
-- Returns where to go on, and 0 at the end.
-- KEYS: index. ARGV: what the names of all keys of the cell begin with, era and number of the mark, where to begin, how
-- many.
local found = redis.call('ZSCAN', KEYS[1], ARGV[4], 'COUNT', ARGV[5])
local era, seq = ARGV[2], tonumber(ARGV[3])
for at = 1, #found[2], 2 do
  local member = found[2][at]
  local value = ARGV[1] .. 'v' .. member
  local begun = redis.call('GETRANGE', value, 34, 65)
  if string.sub(begun, 1, 16) ~= era or tonumber(string.sub(begun, 17, 32), 16) < seq then
    redis.call('UNLINK', value)
    redis.call('ZREM', KEYS[1], member)
  end
end
return found[1]
