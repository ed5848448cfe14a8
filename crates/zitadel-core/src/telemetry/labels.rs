//! The words of labels and of fields that have a closed list: one enum each, so that no text from outside becomes a label.
#![cfg_attr(not(feature = "login"), expect(dead_code, reason = "a list is closed in every build"))]

/// One word of a closed list.
pub(crate) trait LabelValue: Copy {
    /// Lower-case words and underscores.
    fn word(self) -> &'static str;
}

/// `none`, where there is nothing to say.
impl<L: LabelValue> LabelValue for Option<L> {
    fn word(self) -> &'static str {
        self.map_or("none", L::word)
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub(crate) enum $name {
                $($(#[$variant_doc])* $variant,)*
            }

            impl $name {
                /// The whole list.
                #[cfg(test)]
                pub(crate) const WORDS: &'static [&'static str] = &[$($word,)*];
            }

            impl LabelValue for $name {
                fn word(self) -> &'static str {
                    match self {
                        $(Self::$variant => $word,)*
                    }
                }
            }
        )*
    };
}

words! {
    /// How something ended.
    Outcome {
        Ok = "ok",
        /// The user, the provider or this application said no: nothing is out of order.
        Refused = "refused",
        /// It could not be done; an operator may have something to do.
        Failed = "failed",
        /// Of a refresh: the session ended.
        Ended = "ended",
        /// It was done before.
        Repeated = "repeated",
    }

    /// What a request asks for, or needs: the name of its span, too.
    Flow {
        Login = "login",
        Callback = "callback",
        Logout = "logout",
        LogoutCallback = "logout_callback",
        BackChannelLogout = "back_channel_logout",
        Refresh = "refresh",
        Session = "session",
        UserInfo = "userinfo",
    }

    /// Why a refresh gave no new session.
    RefreshReason {
        ProviderUnavailable = "provider_unavailable",
        Misconfigured = "misconfigured",
        StoreUnavailable = "store_unavailable",
        LeaseTimedOut = "lease_timed_out",
        Refused = "refused",
        Rejected = "rejected",
        SessionTooLarge = "session_too_large",
    }

    /// Why a session cookie gave no user.
    SessionRejection {
        Cookie = "cookie",
        Expired = "expired",
        Revoked = "revoked",
        Absent = "absent",
        CrossSite = "cross_site",
    }

    /// What is fetched from the provider and kept.
    Document {
        Metadata = "metadata",
        Keys = "keys",
    }

    /// Where a request to the provider goes.
    ProviderEndpoint {
        Metadata = "metadata",
        Keys = "keys",
        Token = "token",
        UserInfo = "userinfo",
        Revocation = "revocation",
        Introspection = "introspection",
    }

    /// Why the provider gave nothing; in the log and in `/readyz`, too.
    ProviderReason {
        NameNotFound = "dns",
        Refused = "refused",
        Certificate = "tls_certificate",
        Tls = "tls",
        Proxy = "proxy",
        Unreachable = "unreachable",
        Timeout = "timeout",
        ConnectionBroken = "connection_broken",
        ResponseTooLarge = "response_too_large",
        HttpStatus = "http_status",
        WrongIssuer = "wrong_issuer",
        Metadata = "metadata",
        KeySet = "key_set",
        NoEndpoint = "no_endpoint",
    }

    /// A call of the store.
    StoreOperation {
        Get = "get",
        GetMany = "get_many",
        PutValue = "put",
        PutAndAnnounce = "put_and_announce",
        Announce = "announce",
        PutIfAbsent = "put_if_absent",
        CompareAndSwap = "compare_and_swap",
        Remove = "remove",
    }
}
