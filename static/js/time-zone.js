/* time-zone.js: tells the portal which time zone the browser is in, for the dates of the next page. Without it, dates
   are shown in the zone the person chose, else in the portal's. */
(function () {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const encrypted = location.protocol === "https:";
  const said = (encrypted ? "__Host-time_zone=" : "time_zone=") + zone;
  if (!zone || document.cookie.split("; ").includes(said)) return;
  document.cookie = said + "; Path=/; Max-Age=31536000; SameSite=Lax" + (encrypted ? "; Secure" : "");
})();
