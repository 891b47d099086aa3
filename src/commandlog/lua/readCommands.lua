--[[ Delivers unacknowledged entries after an id, in order: first those delivered before, to whichever consumer (a leader that
  died, or one that did not yet know it was replaced), then new ones. Makes the group when it is missing, from the beginning.
  KEYS[1] stream
  ARGV[1] group    ARGV[2] consumer    ARGV[3] entry id to read after    ARGV[4] how many at most
  Output: {last entry id of the stream, 1 if the group was missing, entries delivered or found lost, id of the last of them or '',
           {id, …} delivered once and since removed, {after, upto, …} stretches removed before they were ever delivered,
           {{id, {field, value, …}}, …}} ]]
local stream, group, consumer, after, limit = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local function valueOf(flat, name)
  for i = 1, #flat, 2 do
    if flat[i] == name then return flat[i + 1] end
  end
end

local function lastDelivered()
  if redis.call('EXISTS', stream) == 0 then return nil end
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    if valueOf(info, 'name') == group then return valueOf(info, 'last-delivered-id') end
  end
end

local missing = 0
local delivered = lastDelivered()
if not delivered then
  redis.call('XGROUP', 'CREATE', stream, group, '0-0', 'MKSTREAM')
  delivered, missing = '0-0', 1
end
local info = redis.call('XINFO', 'STREAM', stream)
local last, added = valueOf(info, 'last-generated-id'), valueOf(info, 'entries-added')

local entries, lost, holes = {}, {}, {}
local lastId = ''

local pending = redis.call('XPENDING', stream, group, '(' .. after, '+', limit)
if #pending > 0 then
  local ids = {}
  for i, item in ipairs(pending) do ids[i] = item[1] end
  lastId = ids[#ids]
  -- Entries that are no longer in the stream leave the list of pending ones here and are not returned.
  entries = redis.call('XCLAIM', stream, group, consumer, 0, unpack(ids))
  local present = {}
  for _, entry in ipairs(entries) do present[entry[1]] = true end
  for _, id in ipairs(ids) do
    if not present[id] then lost[#lost + 1] = id end
  end
end

local function noteHole(upto)
  -- A group that has delivered nothing cannot tell a hole from what was carried out before it was made.
  if delivered == '0-0' then return end
  holes[#holes + 1] = delivered
  holes[#holes + 1] = upto
end

local considered = #pending
local room = limit - #pending
if room > 0 then
  local reply = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', room, 'STREAMS', stream, '>')
  local fresh = reply and reply[1][2] or {}
  for _, entry in ipairs(fresh) do
    local prev = valueOf(entry[2], 'prev')
    if prev and prev ~= delivered then noteHole(prev) end
    delivered, lastId = entry[1], entry[1]
    entries[#entries + 1] = entry
  end
  considered = considered + #fresh
  if #fresh < room and delivered ~= last then
    noteHole(last)
    redis.call('XGROUP', 'SETID', stream, group, last, 'ENTRIESREAD', added)
  end
end

return { last, missing, considered, lastId, lost, holes, entries }
