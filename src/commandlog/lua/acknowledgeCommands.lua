--[[ Marks entries as carried out, then removes what lies below the oldest entry that is not. Unknown entries are ignored.
  KEYS[1] stream
  ARGV[1] group    ARGV[2] consumer    ARGV[3…] seqs (none: only removes)
  Output: how many entries were removed ]]
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local PAGE = 1000

local function lastDelivered()
  if redis.call('EXISTS', stream) == 0 then return nil end
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local name, id
    for i = 1, #info, 2 do
      if info[i] == 'name' then name = info[i + 1] end
      if info[i] == 'last-delivered-id' then id = info[i + 1] end
    end
    if name == group then return id end
  end
end

local delivered = lastDelivered()
if not delivered then
  if #ARGV < 3 or redis.call('EXISTS', stream) == 0 then return 0 end
  redis.call('XGROUP', 'CREATE', stream, group, '0-0')
  delivered = '0-0'
end

-- Only what was delivered can be acknowledged, so an entry that was not is delivered first, with those before it.
local function deliverUpto(id)
  if #redis.call('XRANGE', stream, id, id) == 0 then return end
  repeat
    local before = redis.call('XRANGE', stream, '(' .. delivered, id, 'COUNT', PAGE)
    if #before > 0 then
      redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', #before, 'STREAMS', stream, '>')
      delivered = before[#before][1]
    end
  until #before < PAGE
end

local ids = {}
for i = 3, #ARGV do
  local id = ARGV[i] .. '-0'
  ids[#ids + 1] = id
  if tonumber(ARGV[i]) > tonumber(string.match(delivered, '^%d+')) then deliverUpto(id) end
end
if #ids > 0 then redis.call('XACK', stream, group, unpack(ids)) end

local pending = redis.call('XPENDING', stream, group)
local oldest = pending[1] > 0 and pending[2]
if not oldest then
  local ms, n = string.match(delivered, '^(%d+)-(%d+)$')
  oldest = string.format('%s-%.0f', ms, n + 1)
end
return redis.call('XTRIM', stream, 'MINID', '=', oldest)
