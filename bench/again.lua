-- Sends prepared requests, all of one length, one after another and again from the first:
-- the file and the length are arguments.
dofile(debug.getinfo(1).source:match("@(.*/)") .. "summary.lua")

local requests, sent = {}, 0

function init(arguments)
   local file = assert(io.open(arguments[1], "rb"))
   local length = tonumber(arguments[2])
   for prepared in function() return file:read(length) end do
      requests[#requests + 1] = prepared
   end
   file:close()
end

function request()
   sent = sent + 1
   return requests[(sent - 1) % #requests + 1]
end
