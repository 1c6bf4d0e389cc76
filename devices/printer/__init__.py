"""Office printers, through the Internet Printing Protocol (IPP, RFC 8010 and RFC 8011)."""
