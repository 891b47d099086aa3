--[[ Counts the entries not acknowledged: delivered and not yet marked, and not yet delivered.
  KEYS[1] stream    ARGV[1] group
  Output: the count ]]
local stream, group = KEYS[1], ARGV[1]
if redis.call('EXISTS', stream) == 0 then return 0 end
local function fieldsOf(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local info = fieldsOf(redis.call('XINFO', 'STREAM', stream))
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local values = fieldsOf(flat)
  if values.name == group then
    if values['last-delivered-id'] == info['last-generated-id'] then return values.pending end
    -- Redis does not always know how many a group has yet to read; there cannot be more than there are entries.
    return values.pending + math.min(tonumber(values.lag or info.length), info.length)
  end
end
return info.length
