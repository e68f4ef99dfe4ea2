-- The networks from which people signed in: guesses from elsewhere do not use up what these have.

CREATE TABLE IF NOT EXISTS known_networks (
    user_id BINARY(16) NOT NULL,
    network BINARY(32) NOT NULL COMMENT 'a MAC of a /24 or a /64',
    signed_in_at DATETIME(6) NOT NULL,
    PRIMARY KEY (user_id, network),
    KEY signed_in_at (signed_in_at),
    CONSTRAINT known_networks_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

GRANT SELECT, INSERT, UPDATE, DELETE ON known_networks TO {application};
