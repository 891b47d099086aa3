--[[ Removes consumers that hold nothing and have not been heard of for long: instances that are gone.
  KEYS[1] stream    ARGV[1] group    ARGV[2] idle for at least, milliseconds
  Output: how many were removed ]]
local stream, group = KEYS[1], ARGV[1]
local consumers = redis.call('EXISTS', stream) == 1 and redis.pcall('XINFO', 'CONSUMERS', stream, group) or {}
local removed = 0
if consumers.err then return removed end
for _, info in ipairs(consumers) do
  local values = {}
  for i = 1, #info, 2 do values[info[i]] = info[i + 1] end
  if values.pending == 0 and values.idle >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', stream, group, values.name)
    removed = removed + 1
  end
end
return removed
