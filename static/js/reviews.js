// Says, and sends, in which time zone the reader types a time.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  for (const field of document.querySelectorAll("[data-zone]")) field.value = zone;
  for (const place of document.querySelectorAll("[data-zone-name]")) place.textContent = zone;
}
