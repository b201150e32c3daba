"""What the chat shows, keeps and lets others do, without the toolkit that draws it."""
