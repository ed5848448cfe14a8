//! Environment variables for an application that uses the emulator.

use super::Emulator;
use crate::entropy;

impl Emulator {
    /// The variables for an application at `http://localhost:3000`. Does not read the environment.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        self.env_for("http://localhost:3000")
    }

    /// The variables for an application at this base URL. Registers its callback URLs and its
    /// back-channel logout URI with the default application.
    #[must_use]
    pub fn env_for(&self, base_url: &str) -> Vec<(String, String)> {
        let base = base_url.trim_end_matches('/');
        let client = self.client();
        client.register(base);
        let mut variables = vec![
            ("ZITADEL_DOMAIN", self.issuer().to_owned()),
            ("ZITADEL_CLIENT_ID", client.id().to_owned()),
            ("ZITADEL_CALLBACK_URL", format!("{base}/auth/callback")),
            ("ZITADEL_POST_LOGOUT_URL", format!("{base}/auth/logout/callback")),
            ("ZITADEL_POST_LOGIN_URL", "/profile".to_owned()),
            ("ZITADEL_API_AUDIENCE", client.snapshot().project_id),
            ("SESSION_SECRET", entropy::random_base64url::<48>()),
        ];
        variables.extend(client.secret().map(|secret| ("ZITADEL_CLIENT_SECRET", secret)));
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Startup text for a terminal: URLs of the emulator and the application, and the available users.
    #[cfg(feature = "server")]
    #[must_use]
    pub fn banner(&self, application: &str) -> String {
        let state = self.provider.state();
        let mut text = format!(
            "\n  ZITADEL emulator, for development only: no authentication, no persistent data.\n\n  \
             provider     {}\n  application  {application}\n\n  users:\n",
            self.issuer()
        );
        for person in state.registry.people.iter().filter(|person| !person.deactivated) {
            let roles: Vec<&str> = person.grants.iter().flat_map(|grant| &grant.roles).map(String::as_str).collect();
            let roles = if roles.is_empty() { "no roles".to_owned() } else { roles.join(", ") };
            text.push_str(&format!("    {:<8} {:<24} {roles}\n", person.username, state.registry.login_name(person)));
        }
        text
    }
}
