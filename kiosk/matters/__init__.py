"""My matters (我的办理): what one person handed in, began, and waits for; nobody else's."""
