"""Who somebody is: card, authorisation code or a staff member's word; and checking in."""
