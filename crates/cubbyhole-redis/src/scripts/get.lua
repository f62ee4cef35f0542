#!lua flags=no-writes
-- Returns nothing; or the value and what is left of its time; or the size of a value that is too large.
-- After a value comes how far the counter is, if it is on the same server.
-- KEYS: value, and perhaps control. ARGV: the most bytes.
-- One byte more than is allowed tells that there are too many.
local bytes = redis.call('GETRANGE', KEYS[1], 0, ARGV[1])
if bytes == '' then
  return false
end
if #bytes > tonumber(ARGV[1]) then
  return { 'large', redis.call('STRLEN', KEYS[1]) }
end
local answer = { 'value', bytes, redis.call('PTTL', KEYS[1]) }
if KEYS[2] then
  local counts = redis.call('HMGET', KEYS[2], 'era', 'seq')
  answer[4], answer[5] = counts[1] or '', counts[2] or ''
end
return answer
