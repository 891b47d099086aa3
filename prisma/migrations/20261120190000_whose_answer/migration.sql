-- Whose answer it is: nobody else asks for it. Older ones are for who sees everything.
ALTER TABLE "command_replies" ADD COLUMN "user_id" TEXT;
