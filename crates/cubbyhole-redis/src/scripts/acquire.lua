-- Returns the value, or a lease, or for how long somebody else has it.
-- After a value or a lease comes how far the counter is, if it is on the same server.
-- It says nothing about memory in its first line, so that it may read when memory is full, and only then give no lease.
-- KEYS: value, lease, index, and perhaps control. ARGV: token, time of a lease, mode, the most bytes, member,
-- refused (the token of a value that the caller may not have, or * for whatever is there),
-- node and count (what was written before is deleted, unless by this node and after this count; or nothing).
local value, lease, index, control = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, time, mode, most, member, refused = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local node, count = ARGV[7], ARGV[8]

-- A delete by this node is on its way and has not been here yet.
local function is_deleted(by)
  if node == '' then
    return false
  end
  return string.sub(by, 1, 16) ~= node or tonumber(string.sub(by, 17, 32), 16) <= tonumber(count)
end

local function counted(answer)
  if control then
    local counts = redis.call('HMGET', control, 'era', 'seq')
    answer[#answer + 1] = counts[1] or ''
    answer[#answer + 1] = counts[2] or ''
  end
  return answer
end

if mode == 'ask' then
  -- One byte more than is allowed tells that there are too many.
  local bytes = redis.call('GETRANGE', value, 0, most)
  if bytes ~= '' then
    local by = string.sub(bytes, 3, 34)
    if refused == '*' or by == refused or is_deleted(by) then
      redis.call('UNLINK', value)
      redis.call('ZREM', index, member)
    elseif #bytes > tonumber(most) then
      return { 'large', redis.call('STRLEN', value) }
    else
      return counted({ 'value', bytes, redis.call('PTTL', value) })
    end
  end
end

local holder = redis.call('GET', lease)
if mode ~= 'take' and holder and holder ~= token and not is_deleted(holder) then
  return { 'busy', redis.call('PTTL', lease) }
end
redis.call('SET', lease, token, 'PX', time)
return counted({ 'leased' })
