-- Posts that are gone, while likes of them and what was told of them still lie about: swept up piece by piece, since a post
-- may have hundreds of thousands. Nobody sees any of it meanwhile. What earlier deletions left is swept up too.
CREATE TABLE deleted_posts (status_id BIGINT NOT NULL PRIMARY KEY);
INSERT INTO deleted_posts (status_id) SELECT DISTINCT n.status_id FROM notifications n
    WHERE n.status_id <> 0 AND NOT EXISTS (SELECT 1 FROM statuses s WHERE s.id = n.status_id);
