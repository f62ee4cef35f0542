#!lua flags=no-writes
-- Returns nothing, the value and what is left of its time, or the size of a value that is too large.
-- KEYS: value. ARGV: the most bytes.
local size = redis.call('STRLEN', KEYS[1])
if size == 0 then
  return false
end
if size > tonumber(ARGV[1]) then
  return { 'large', size }
end
return { 'value', redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1]) }
